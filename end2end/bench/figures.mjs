// A figure is the median of several runs, and the worst (the largest) of them; one JSON line on standard output.

export function print(bench, n, unit, values) {
  const sorted = values.toSorted((a, b) => a - b);
  const [value, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((figure) => figure.toFixed(1));
  process.stdout.write(`{"bench": "${bench}", "n": ${n}, "value": ${value}, "worst": ${worst}, "unit": "${unit}"}\n`);
}

export function p99(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * 0.99), sorted.length - 1)];
}

export function say(words) {
  process.stderr.write(`${words}\n`);
}

/** A run that shall not count ends the program: the figure of the runs that went well would be a choice. */
export function demand(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
