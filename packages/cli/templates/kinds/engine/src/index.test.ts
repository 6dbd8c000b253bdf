import { checkEngine } from '@farzi/core/testing';
import { it } from 'vitest';
import { myContribution } from './index.js';

it('keeps the contract of an engine', () => checkEngine(myContribution));
