// A frozen page cannot know what came after it: the site that serves it says so in a script beside
// its editions. From a disk nothing is asked for.
(() => {
  const script = document.createElement("script");
  script.src = new URL("../../latest.js", document.currentScript.src);
  const frozen = document.querySelector("[data-newer]");
  if (frozen && location.protocol.startsWith("http")) document.head.append(script);
})();
