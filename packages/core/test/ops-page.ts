import { fileURLToPath } from 'node:url';
import { formatted } from '../../../test/formatted.js';
import { webGpuLowerings } from '../src/engine/onnx/webgpu-lowerings.js';
import { standardFamilies } from '../src/program/op-table.js';

export const OPS_PAGE = fileURLToPath(new URL('../../../docs/ops.md', import.meta.url));

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** The page that lists supported ops, as the repository formats it. */
export async function opsPage(): Promise<string> {
  const rows = standardFamilies.flatMap(({ kernels }) => {
    const names = Object.keys(kernels).sort();
    return names.length === 0 ? [] : [`| ${list(names)} |`];
  });
  const text = `# Ops that models may use

<!-- Written by \`pnpm docs:ops\` from packages/core/src/program/ops; do not edit. -->

A model is a function of TensorFlow.js ops. These kernels are recorded, by the names that TensorFlow.js gives them (\`tf.matMul\` is \`BatchMatMul\`, \`tf.conv1d\` is \`Conv2D\`), one family a row. All of them run on every engine, and those that are smooth are differentiated twice;
ops that TensorFlow.js makes of these work, too. An op without a rule is an error that names it and the line of the model.

| kernels |
| ------- |
${rows.join('\n')}

- A discrete Fourier transform is a product with two constant matrices, of cosines and sines: \`tf.spectral\` makes complex tensors, which programs do not hold. There is no \`tf.einsum\`, a kernel of its own: write it with \`tf.matMul\` and \`tf.transpose\`.
- On \`onnx-webgpu\` these are made of other ops, as its provider lacks them: ${list(Object.keys(webGpuLowerings))}.
`;
  return formatted(text);
}
