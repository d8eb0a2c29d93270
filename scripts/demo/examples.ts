import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { packageFile } from '../../node/kernel/package-root.js'

/** The indicaties of the seed that the story is about. */
export interface Examples {
  /** Of a client of zorgkantoor Noord. */
  readonly wlzindicatieID: string
  /** Of another client of Noord. */
  readonly otherWlzindicatieID: string
}

const uzoviOfNoord = '5999'
const seedSchema = z.object({
  wlzIndicatie: z.array(z.object({ wlzindicatieID: z.string(), initieelVerantwoordelijkZorgkantoor: z.string() })),
})

/** Reads the examples from the seed, so that the story is about records that are really there. */
export function loadExamples(): Examples {
  const file = packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')
  const { wlzIndicatie } = seedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const [first, second] = wlzIndicatie.filter((record) => record.initieelVerantwoordelijkZorgkantoor === uzoviOfNoord)
  if (first === undefined || second === undefined) throw new Error('the seed holds too few indicaties of Noord')
  return { wlzindicatieID: first.wlzindicatieID, otherWlzindicatieID: second.wlzindicatieID }
}
