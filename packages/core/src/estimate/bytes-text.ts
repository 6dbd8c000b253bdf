const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `512 MB`, `1.2 GB`: of 1,024 each. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  const digits = power >= 2 && value < 10 ? 1 : 0;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${units[power] ?? ''}`;
}
