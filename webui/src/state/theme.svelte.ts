export type Theme = "system" | "dark" | "light";

function remembered(): Theme {
  try {
    const text = localStorage.getItem("guildhall.theme");
    return text === "dark" || text === "light" ? text : "system";
  } catch {
    return "system";
  }
}

/** The colours that somebody chose; public/theme.js applies them before the first paint. */
export const theme = $state<{ chosen: Theme }>({ chosen: remembered() });

export function chooseTheme(chosen: Theme) {
  theme.chosen = chosen;
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("guildhall.theme", chosen);
  } catch {
    // It holds for this visit.
  }
}
