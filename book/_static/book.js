// What is wider than the page scrolls by itself: then, and only then, the keyboard must reach it.
function reach() {
  for (const part of document.querySelectorAll("pre, .math-wrapper, .table-wrapper")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

addEventListener("load", () => {
  reach();
  window.MathJax?.startup?.promise?.then(reach);
});
addEventListener("resize", reach);
addEventListener("toggle", reach, true);
