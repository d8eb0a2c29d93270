import { z } from 'zod'
import { sourceFaceFields, type SourceFace } from '../../schemas/source-face.js'

/** How a source answers without settings about it. */
export const plainFace: SourceFace = z.object(sourceFaceFields).parse({})
