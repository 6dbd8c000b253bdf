import { type Fingerprint, flatten } from '../storage/fingerprint.js';

/** What results depend on of a configuration: a run may go on with another limit of its memory. */
export function decisiveSettings(config: unknown): Fingerprint {
  const { memoryLimit: _limit, ...settings } = flatten(config);
  return settings;
}
