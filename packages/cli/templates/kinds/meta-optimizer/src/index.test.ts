import { checkMetaOptimizer } from '@farzi/core/testing';
import { it } from 'vitest';
import { myContribution } from './index.js';

it('keeps the contract of a meta-optimizer', () => checkMetaOptimizer(myContribution, { options: { steps: 3, realBatchSize: 12 } }));
