/** Rules of this repository, as a plugin of the linter: syntax that is not written here. */
const SENTENCE =
  'A message is one or more sentences: a capital letter first (after a place or key and a colon, if need be), a full stop last.';

const coded = 'NewExpression[callee.name="FarziError"] > .arguments:nth-child(2)';

/** Where messages are written. */
const messages = [
  coded,
  'NewExpression[callee.name=/^(Type|Range|Conformance)?Error$/] > .arguments:nth-child(1)',
  'CallExpression[callee.name=/^(check|invariant)$/] > .arguments:nth-child(2)',
  'CallExpression[callee.property.name="emit"][arguments.0.value="onNote"] > .arguments:nth-child(2)',
  'CallExpression[callee.property.name="onNote"] > .arguments:nth-child(1)',
  'Property[key.name="hint"] > .value',
];

const UNLIKE_A_START = '^[a-z](?![\\w.-]*: [A-Z])';

const unlikeSentences = messages
  .flatMap((place) => [place, `${place} > .consequent`, `${place} > .alternate`])
  .flatMap((place) => [
    `${place}[value=/${UNLIKE_A_START}|[^.?]$/]`,
    `${place} > TemplateElement:first-child[value.raw=/${UNLIKE_A_START}/]`,
    `${place} > TemplateElement[value.raw=''] + TemplateElement[value.raw=/^: [a-z]/]`,
    // What follows a full stop is a sentence by itself.
    `${place} > TemplateElement:not([value.raw=/[.] $/]) + TemplateElement[tail=true]:not([value.raw=/[.?]$/])`,
  ])
  // A path or a name is no beginning of a sentence: it has a noun before it, or a colon after it.
  .concat(`${coded} > TemplateElement:first-child[value.raw=''] + TemplateElement:not([value.raw=/^(:|[A-Z])/])`);

/**
 * A rule against what some selectors find.
 *
 * @param {string} message
 * @param {readonly string[]} selectors
 */
const without = (message, selectors) => ({
  /** @param {{ report(problem: { node: object, message: string }): void }} context */
  create: (context) =>
    Object.fromEntries(
      selectors.map((selector) => [
        selector,
        (/** @type {object} */ node) => {
          context.report({ node, message });
        },
      ]),
    ),
});

export default {
  meta: { name: 'farzi' },
  rules: {
    'named-exports': without('Export by name; only plugins and configuration files have a default export.', [
      'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
    ]),
    'whole-sentences': without(SENTENCE, unlikeSentences),
    'telemetry-off': without('Load it with onnxRuntime(), which turns its telemetry off first.', [
      'ImportExpression[source.value="onnxruntime-node"], ImportDeclaration[importKind="value"][source.value="onnxruntime-node"]',
    ]),
  },
};
