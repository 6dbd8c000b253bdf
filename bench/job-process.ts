import { createRegistry, jobProcess } from '@farzi/core';
import datasets from '@farzi/datasets';
import sasrec from '@farzi/models-sasrec';
import transformerLm from '@farzi/models-transformer-lm';

/** What processes of `bench:scale` do their jobs with. */
jobProcess(() => Promise.resolve(createRegistry([datasets, sasrec, transformerLm])));
