// A line that says that a page is being made, where that takes longer than half a second.
"use strict";
const line = document.createElement("p");
line.className = "loading";
line.setAttribute("role", "status");
document.body.append(line);
let timer = 0;

function waiting() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    line.textContent = "Loading …";
    timer = setTimeout(arrived, 60000); // a file that is saved makes no new page
  }, 500);
}

function arrived() {
  clearTimeout(timer);
  line.textContent = "";
}

function makesPage(link) {
  const here = link.origin === location.origin && link.pathname + link.search !== location.pathname + location.search;
  return here && !link.download && !/\/download\/|[?&]format=/.test(link.href);
}

addEventListener("submit", (event) => event.defaultPrevented || waiting());
addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const plain = !event.defaultPrevented && !event.button && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain && makesPage(link)) waiting();
});
addEventListener("pageshow", arrived); // also where one comes back to a page that was kept
