import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/** How a parameter starts. */
export type InitialDistribution =
  | { readonly distribution: 'normal'; readonly standardDeviation: number }
  | { readonly distribution: 'constant'; readonly value: number };

/** Shape and initial distribution of one parameter tensor. */
export interface ParameterSpec<Shape extends readonly number[] = readonly number[]> {
  readonly shape: Shape;
  readonly initial: InitialDistribution;
}

/** Parameter specifications in nested records and arrays. */
export type ParameterSpecs = { readonly [name: string]: ParameterSpec | ParameterSpecs | readonly ParameterSpecs[] };

type RankName<Shape extends readonly number[]> = number extends Shape['length']
  ? Rank
  : `R${Shape['length']}` extends keyof typeof Rank
    ? (typeof Rank)[`R${Shape['length']}`]
    : Rank;

/** Tensors in the places of their specifications, with the rank of the specified shape. */
export type Parameters<Specs> =
  Specs extends ParameterSpec<infer Shape>
    ? Tensor<RankName<Shape>>
    : Specs extends readonly (infer Item)[]
      ? readonly Parameters<Item>[]
      : { readonly [Name in keyof Specs]: Parameters<Specs[Name]> };

/** A parameter drawn from a normal distribution with mean 0. */
export function normal<const Shape extends readonly number[]>(shape: Shape, standardDeviation: number): ParameterSpec<Shape> {
  return { shape, initial: { distribution: 'normal', standardDeviation } };
}

/** A parameter that starts at one value everywhere. */
export function constant<const Shape extends readonly number[]>(shape: Shape, value: number): ParameterSpec<Shape> {
  return { shape, initial: { distribution: 'constant', value } };
}
