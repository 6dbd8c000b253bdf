import { checkSchedule } from '@farzi/core/testing';
import { it } from 'vitest';
import { myContribution } from './index.js';

it('keeps the contract of a schedule', () => checkSchedule(myContribution));
