import { checkOptimizer } from '@farzi/core/testing';
import { it } from 'vitest';
import { myContribution } from './index.js';

it('keeps the contract of an optimizer', () => checkOptimizer(myContribution, { options: { momentum: 0.7 } }));
