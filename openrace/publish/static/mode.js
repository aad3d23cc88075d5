// Before anything is drawn: the colours that the reader chose, or those of the screen, and the
// typeface, else lines break anew when it comes. From a disk a browser refuses to fetch it early.
(() => {
  const page = document.documentElement;
  let chosen = null;
  try { chosen = localStorage.getItem("mode"); } catch { /* a browser that keeps nothing */ }
  page.dataset.mode = ["light", "dark"].includes(chosen) ? chosen : "auto";
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  page.dataset.theme = page.dataset.mode === "auto" ? (dark ? "dark" : "light") : chosen;

  if (!window.location.protocol.startsWith("http")) return;
  for (const style of ["regular", "semibold", "it"]) {
    const href = new URL(`source-sans-${style}.woff2`, document.currentScript.src);
    document.head.append(Object.assign(document.createElement("link"), {
      rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href }));
  }
})();
