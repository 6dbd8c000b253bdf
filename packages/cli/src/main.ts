#!/usr/bin/env node
import { processWorld } from './io.js';
import { main } from './program.js';

process.exitCode = await main(process.argv.slice(2), processWorld());
