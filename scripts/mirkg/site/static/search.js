// Search in the browser: the names of the index that hold what was typed, those that begin with it first.
"use strict";
const wanted = new URLSearchParams(location.search).get("q") || "";
const found = document.getElementById("found");
const remark = document.getElementById("remark");
for (const field of document.querySelectorAll("input[name=q]")) field.value = wanted;
remark.textContent = "";

// As mirkg compares names: no case, Greek spelled, no spaces and hyphens but between digits.
const greek = { α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ζ: "zeta", η: "eta", θ: "theta", κ: "kappa", λ: "lambda", μ: "mu", σ: "sigma", τ: "tau", ω: "omega" };
const key = (text) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[α-ω]/g, (letter) => greek[letter] || letter)
    .replace(/(\d)[\s\-\u2010-\u2015]+(?=\d)/g, "$1~")
    .replace(/[\s\-\u2010-\u2015]+/g, "")
    .replaceAll("~", "-");

// The three names that share the most pairs of letters with what was typed, if they share half of them.
const pairs = (text) => new Set([...text].slice(1).map((letter, at) => text[at] + letter));
const alike = (one, other) => (2 * [...one].filter((pair) => other.has(pair)).length) / (one.size + other.size || 1);
const nearest = (index, part) =>
  index
    .map((one) => ({ one, at: Math.max(...one.keys.map((name) => alike(pairs(name), pairs(part)))) }))
    .filter((hit) => hit.at >= 0.5)
    .sort((a, b) => b.at - a.at || (a.one.label < b.one.label ? -1 : 1))
    .slice(0, 3);

const show = (index) => {
  const part = key(wanted).replace(/^hsa(?=mir|let)/, "");
  const ranked = index
    .map((one) => ({ one, at: Math.min(...one.keys.map((name) => (name.includes(part) ? name.indexOf(part) : Infinity))) }))
    .filter((hit) => hit.at !== Infinity)
    .sort((a, b) => (a.at > 0) - (b.at > 0) || a.one.label.length - b.one.label.length || (a.one.label < b.one.label ? -1 : 1));
  const near = ranked.length ? [] : nearest(index, part);
  remark.textContent = ranked.length ? "" : "Nothing here has " + wanted + " in its names." + (near.length ? " Did you mean:" : "");
  for (const { one } of [...ranked.slice(0, 100), ...near]) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const kind = document.createElement("span");
    link.href = one.at;
    link.textContent = one.label;
    kind.textContent = " " + one.kind;
    item.append(link, kind);
    found.append(item);
  }
};
if (key(wanted)) {
  fetch(found.dataset.index)
    .then((answer) => answer.json())
    .then(show)
    .catch(() => (remark.textContent = "The index could not be read. It needs a web server; a file of itself opens no other."));
}
