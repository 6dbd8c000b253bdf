/** Terms of a user's own data. */
export const licenceProperty = {
  type: 'string',
  minLength: 1,
  description: 'Terms under which the data may be used: they go with what is distilled from them. Default: none are told.',
} as const;
