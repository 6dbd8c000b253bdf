/**
 * Distil now, compare later: a Farzi plugin that replaces a stage of the experiment. No students are trained, and the
 * run ends when the synthetic data are written.
 */
import { definePlugin, services } from '@farzi/core';

export default definePlugin({
  name: 'farzi-example-distill-only',
  core: '>=0.1.0 <1.0.0',
  services: ({ rebind }) => {
    rebind(services.comparison).toConstantValue(({ observer, directory }) => {
      observer.onNote?.(`No students are compared. The synthetic data are in ${directory.file('synthetic.farzi')}.`);
      return Promise.resolve([]);
    });
  },
});
