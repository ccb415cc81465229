// Runs before the first paint, so that the chosen theme never flashes.
(function () {
  var theme = "system";
  try {
    theme = localStorage.getItem("guildhall.theme") || "system";
  } catch (_) {
    // Storage may be switched off; the system's theme will do.
  }
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
})();
