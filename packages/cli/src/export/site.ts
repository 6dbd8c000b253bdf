import { sasrec } from '@farzi/models-sasrec';
import { transformerLm } from '@farzi/models-transformer-lm';

/** The file that describes a page's data: the command writes it, the page reads it. */
export const SITE = 'site.json';

/** What it says. */
export interface SiteDescription {
  readonly title: string;
  /** File of the distilled data. */
  readonly data: string;
  /** Of the distilled data, without names. */
  readonly bytes: number;
  /** What the page trains. */
  readonly model: { readonly id: string; readonly options: unknown };
  readonly training: { readonly batchSize?: number };
  readonly seed: number;
}

/** The models whose code is in the page. */
export const pageModels = [sasrec, transformerLm] as const;
