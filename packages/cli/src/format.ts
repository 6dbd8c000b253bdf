import type { Statistic } from './results.js';

const NOTHING = '-';

/** `0.1234 ± 0.0012`, both with the decimals that the mean needs; a single seed has no deviation. */
export function statisticText({ mean, deviation, count }: Statistic, plusMinus: string): string {
  if (!Number.isFinite(mean)) return NOTHING;
  const size = Math.abs(mean);
  const decimals = size >= 100 ? 1 : size >= 10 ? 2 : 4;
  return count > 1 ? `${mean.toFixed(decimals)}${plusMinus}${deviation.toFixed(decimals)}` : mean.toFixed(decimals);
}

export function secondsText(seconds: number | undefined): string {
  return seconds === undefined ? NOTHING : seconds.toFixed(seconds < 10 ? 2 : seconds < 100 ? 1 : 0);
}

export function countText(count: number | undefined): string {
  return count === undefined || !Number.isFinite(count) ? NOTHING : Math.round(count).toLocaleString('en-US');
}

/** `1 user`, `1,200 users`. */
export function counted(count: number | undefined, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A ratio as a percentage. */
export function percentText(ratio: number | undefined): string {
  if (ratio === undefined || !Number.isFinite(ratio)) return NOTHING;
  const percent = ratio * 100;
  return `${percent.toFixed(percent < 1 ? 3 : percent < 10 ? 2 : 1)} %`;
}

/** A difference between metrics. */
export const signedText = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
