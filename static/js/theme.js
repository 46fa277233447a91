/** The theme button: as the system has it, light, dark. `theme-early.js` applies it before anything is drawn. */

const LIGHT = { theme: "light", label: "labelLight" };
const DARK = { theme: "dark", label: "labelDark" };
/** From what the system has, the first press leads to the other one. */
const THEMES = [
  { theme: "auto", label: "labelAuto" },
  ...(matchMedia("(prefers-color-scheme: dark)").matches ? [LIGHT, DARK] : [DARK, LIGHT]),
];

const root = document.documentElement;
const button = document.getElementById("theme");

function showName() {
  const now = THEMES.find(({ theme }) => theme === (root.dataset.theme ?? "auto")) ?? THEMES[0];
  const label = button?.dataset[now.label] ?? "";
  button?.setAttribute("aria-label", label);
  button?.setAttribute("title", label);
}

button?.addEventListener("click", () => {
  const now = THEMES.findIndex(({ theme }) => theme === (root.dataset.theme ?? "auto"));
  root.dataset.theme = THEMES[(now + 1) % THEMES.length].theme;
  localStorage.setItem("theme", root.dataset.theme);
  showName();
});

showName();

export {};
