/** Makes a text area as high as its text, up to half of the window. */
export function grow(area: HTMLTextAreaElement, _text: string) {
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight / 2)}px`;
  };
  fit();
  return { update: fit };
}
