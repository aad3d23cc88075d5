// Copy buttons. Without scripts there are none, and the text is selected by hand.
document.addEventListener("DOMContentLoaded", () => {
  const said = document.querySelector(".copied");

  const select = (source) => {
    if (source.select) source.select();
    else window.getSelection().selectAllChildren(source);
  };

  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
    } catch { // no permission, or a page that is not served safely
      select(source);
      if (!document.execCommand("copy")) throw new Error("not allowed");
    }
  };

  const tell = (button, word) => {
    button.textContent = word;
    said.textContent = `${button.dataset.what}: ${word}`;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };

  document.querySelectorAll("button.copy").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", () =>
      copy(source).then(() => tell(button, "Copied"), () => { select(source); tell(button, "Selected: copy it"); }));
  });
});
