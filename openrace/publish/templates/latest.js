// Lies beside the editions of a site; their pages load it, to say which is the newest.
(() => {
  const newest = {{ name|tojson }};
  const editions = new URL(".", document.currentScript.src).href;
  const [name, ...page] = location.href.slice(editions.length).split("/");
  const place = document.querySelector("[data-newer]");
  if (!place || !location.href.startsWith(editions)) return;
  if (name === newest) {
    place.textContent = " No edition is newer.";
    return;
  }
  const link = document.createElement("a");
  const same = `${editions}${newest}/${page.join("/")}`;
  link.textContent = {{ day|tojson }};
  link.href = `${editions}${newest}/`;
  place.append(" The newest edition is that of ", link, ".");
  fetch(same, { method: "HEAD" }).then((answer) => { if (answer.ok) link.href = same; }, () => {});
})();
