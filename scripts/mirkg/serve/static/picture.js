// The picture of a mechanism: the sign is in the arrow's head, the state in the line and in words.
"use strict";
const source = document.getElementById("graph");
if (source) {
  const edges = JSON.parse(source.textContent);
  const heads = { up: "triangle", down: "tee", unknown: "circle", member: "diamond" };
  const lines = { stated: "solid", withheld: "dashed", inferred: "dotted" };
  const named = (edge) => (edge.target === "response" ? "resistance to " + edge.end : edge.end);
  const names = new Set(edges.flatMap((edge) => [edge.start, named(edge)]));
  cytoscape({
    container: document.getElementById("picture"),
    elements: [
      ...[...names].map((name) => ({ data: { id: name, label: name, width: 16 + 7.5 * Math.min(name.length, 20), height: 18 + 16 * Math.ceil(name.length / 20) } })),
      ...edges.map((edge, number) => ({
        data: {
          id: "edge" + number,
          source: edge.start,
          target: named(edge),
          label: (edge.line === "withheld" ? "✕ " : "") + edge.state + (edge.note ? "\n" + edge.note : ""),
          head: heads[edge.head],
          line: lines[edge.line],
        },
      })),
    ],
    style: [
      { selector: "node", style: { label: "data(label)", "font-size": 13, shape: "round-rectangle", width: "data(width)", height: "data(height)", "text-valign": "center", "background-color": "#eef3f9", "border-width": 1, "border-color": "#456", "text-wrap": "wrap", "text-max-width": "140px" } },
      { selector: "edge", style: { label: "data(label)", "font-size": 10, "text-wrap": "wrap", "text-background-color": "#fff", "text-background-opacity": 0.85, "curve-style": "unbundled-bezier", "control-point-distances": 45, "control-point-weights": 0.5, "target-arrow-shape": "data(head)", "arrow-scale": 1.4, "line-style": "data(line)", width: 2, "line-color": "#456", "target-arrow-color": "#1b1b1b", color: "#1b1b1b" } },
    ],
    layout: { name: "breadthfirst", directed: true, spacingFactor: 1.3, animate: false },
  });
}
