import { checkReporter } from '@farzi/core/testing';
import { it } from 'vitest';
import { tensorboard } from './tensorboard.js';

it('keeps the contract of a reporter', () => checkReporter(tensorboard));
