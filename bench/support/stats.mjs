/** Returns the value below which the share `q` of the values lies, interpolated between neighbours. */
function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

export const median = (values) => quantile(values, 0.5);

/** Formats the median with the 10th and 90th percentile: `1.23 (1.10–1.31)`. */
export function spread(values, print = (value) => value.toFixed(2)) {
  return `${print(median(values))} (${print(quantile(values, 0.1))}–${print(quantile(values, 0.9))})`;
}

export const thousands = (value) => Math.round(value).toLocaleString('en-US');

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Shuffles a copy, so that nobody always follows the same neighbour. */
export function shuffled(values) {
  const copy = [...values];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}
