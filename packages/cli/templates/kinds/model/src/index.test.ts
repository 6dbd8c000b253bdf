import { checkModel } from '@farzi/core/testing';
import { it } from 'vitest';
import { myContribution } from './index.js';

// small, and with initial values large enough for central differences
it('keeps the contract of a model', () => checkModel(myContribution, { options: { width: 6, initialDeviation: 0.5 } }));
