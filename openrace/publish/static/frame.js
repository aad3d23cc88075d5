// The frame around a page: its buttons, its menu, its list of contents.
document.addEventListener("DOMContentLoaded", () => {
  const does = {
    print: () => window.print(),
    fullscreen: () => (document.fullscreenElement
      ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
  };
  document.querySelectorAll("[data-do]").forEach((button) => {
    button.addEventListener("click", does[button.dataset.do]);
  });

  document.querySelectorAll("details.dropdown").forEach((menu) => {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // The section being read is marked in the list of contents.
  const links = new Map([...document.querySelectorAll(".bd-toc-nav a[href^='#']")].map(
    (link) => [document.getElementById(decodeURIComponent(link.hash.slice(1))), link]));
  links.delete(null);
  const seen = new Set();
  const watch = new IntersectionObserver((changes) => {
    changes.forEach(({ target, isIntersecting }) => seen[isIntersecting ? "add" : "delete"](target));
    const read = [...links.keys()].filter((section) => seen.has(section)).at(-1);
    links.forEach((link, section) => {
      link.classList.toggle("active", section === read);
      link.parentElement.classList.toggle("active", section === read || seen.has(section));
    });
  }, { rootMargin: "0px 0px -60%" });
  links.forEach((_, section) => watch.observe(section));
});
