import type { Plugin } from '@farzi/core';
import datasets from '@farzi/datasets';
import sasrec from '@farzi/models-sasrec';
import transformerLm from '@farzi/models-transformer-lm';

/** Plugins that come with the command and need not be listed in a configuration. */
export const firstPartyPlugins: readonly Plugin[] = [datasets, sasrec, transformerLm];
