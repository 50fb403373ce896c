// The picture of a mechanism: the sign is in the arrow's head, the state in the line and in words.
"use strict";
const source = document.getElementById("graph");
if (source) {
  const edges = JSON.parse(source.textContent);
  const heads = { up: "triangle", down: "tee", unknown: "circle", member: "diamond" };
  const lines = { stated: "solid", withheld: "dashed", inferred: "dotted" };
  const named = (edge) => (edge.target === "response" ? "resistance to " + edge.end : edge.end);
  const names = new Set(edges.flatMap((edge) => [edge.start, named(edge)]));
  const place = document.getElementById("picture");

  // Layers: a node stands after all that lead to it; what turns in a circle is cut at the sixth layer.
  const layer = new Map([...names].map((name) => [name, 0]));
  for (let round = 0; round < 6; round += 1) {
    for (const edge of edges) layer.set(named(edge), Math.min(6, Math.max(layer.get(named(edge)), layer.get(edge.start) + 1)));
  }
  const layers = Map.groupBy ? Map.groupBy([...names], (name) => layer.get(name)) : new Map();
  if (!layers.size) for (const name of names) layers.set(layer.get(name), [...(layers.get(layer.get(name)) || []), name]);
  const narrow = place.clientWidth < 600;
  const where = (name) => {
    const row = layers.get(layer.get(name));
    const along = 330 * layer.get(name);
    const across = (narrow ? 190 : 120) * (row.indexOf(name) - (row.length - 1) / 2) + 35 * (layer.get(name) % 2);
    return narrow ? { x: across, y: along * 0.7 } : { x: along, y: across };
  };
  // What skips a layer goes around it, each by a way of its own.
  let far = 0;
  const bow = (edge) => {
    const span = layer.get(named(edge)) - layer.get(edge.start);
    if (span < 2) return {};
    far += 1;
    return { bow: (far % 2 ? 1 : -1) * (40 + 25 * far) * (span - 0.5) };
  };
  cytoscape({
    container: place,
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
          ...bow(edge),
        },
      })),
    ],
    style: [
      { selector: "node", style: { label: "data(label)", "font-size": 13, shape: "round-rectangle", width: "data(width)", height: "data(height)", "text-valign": "center", "background-color": "#eef3f9", "border-width": 1, "border-color": "#456", "text-wrap": "wrap", "text-max-width": "140px" } },
      { selector: "edge", style: { label: "data(label)", "font-size": 10, "text-wrap": "wrap", "text-background-color": "#fff", "text-background-opacity": 0.85, "curve-style": "bezier", "control-point-step-size": 70, "target-arrow-shape": "data(head)", "arrow-scale": 1.4, "line-style": "data(line)", width: 2, "line-color": "#456", "target-arrow-color": "#1b1b1b", color: "#1b1b1b" } },
      { selector: "edge[bow]", style: { "curve-style": "unbundled-bezier", "control-point-distances": "data(bow)", "control-point-weights": 0.5 } },
    ],
    layout: { name: "preset", positions: (node) => where(node.id()), padding: 25 },
  });
}
