/** The worker that checks signatures from its source: tests have no compiled one. */
import { register } from 'node:module'

register('./ts-loader.mjs', import.meta.url)
await import('../../node/credentials/signature-worker.ts')
