/** Images in the words of the Engine API (1.51: ImageSummary, ImageInspect, HistoryResponseItem). */
import { type Image, unixSeconds } from '../images/image.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { SelectedImage } from './list-images.ts';
import { isOlderThan } from './version.ts';

/** A line of `docker images`. */
export function imageSummary(
  { image, references, digestReferences }: SelectedImage,
  version: string | undefined,
) {
  const hidesNone = !isOlderThan(version, '1.43');
  const isNameless = references.length + digestReferences.length === 0 && !hidesNone;
  return {
    Containers: 0,
    Created: image.created,
    Id: image.id,
    Labels: image.labels ?? null,
    ParentId: image.parent ?? '',
    RepoDigests: isNameless ? ['<none>@<none>'] : digestReferences,
    RepoTags: isNameless ? ['<none>:<none>'] : references,
    SharedSize: -1,
    Size: image.size,
    ...(isOlderThan(version, '1.44') && { VirtualSize: image.size }),
  };
}

/** `docker image inspect`. */
export function imageInspection(images: ImageStore, image: Image, version: string | undefined) {
  const { config } = image;
  const directories = images.layerDirectories(image).toReversed();
  const [upper = '', ...lower] = directories;
  const { variant, 'os.version': osVersion } = config;
  return {
    Id: image.id,
    RepoTags: image.references,
    RepoDigests: image.digestReferences,
    Parent: image.parent ?? '',
    Comment: config.comment || config.history?.at(-1)?.comment || '',
    Created: config.created ?? '',
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Architecture: config.architecture,
    ...(variant && { Variant: variant }),
    Os: config.os,
    ...(osVersion && { OsVersion: osVersion }),
    Size: image.size,
    ...(isOlderThan(version, '1.44') && { VirtualSize: image.size }),
    GraphDriver: {
      Data: { ...(lower.length > 0 && { LowerDir: lower.join(':') }), UpperDir: upper },
      Name: 'overlay2',
    },
    RootFS: { Type: 'layers', Layers: image.layers },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
    Config: imageConfigAnswer(image),
  };
}

/** The fields that Docker always gives, and the others where the image has them. */
function imageConfigAnswer({ config: { config } }: Image) {
  const { Cmd, Entrypoint, Env, Labels, OnBuild, User, Volumes, WorkingDir, ...others } = config ?? {};
  const given = Object.entries(others).filter(
    ([, value]) => value != null && value !== '' && value !== false,
  );
  return {
    ...Object.fromEntries(given),
    Cmd: Cmd ?? null,
    Entrypoint: Entrypoint ?? null,
    Env: Env ?? null,
    Labels: Labels ?? null,
    OnBuild: OnBuild ?? null,
    User: User ?? '',
    Volumes: Volumes ?? null,
    WorkingDir: WorkingDir ?? '',
  };
}

/** `docker history`: the newest step first; those that were made here are known by the ids of their images. */
export function imageHistory(images: ImageStore, image: Image) {
  const sizes = [...image.layerSizes];
  const steps = (image.config.history ?? []).map((step) => ({
    Comment: step.comment ?? '',
    Created: unixSeconds(step.created),
    CreatedBy: step.created_by ?? '',
    Size: step.empty_layer === true ? 0 : (sizes.shift() ?? 0),
  }));
  let stepImage: Image | undefined = image;
  return steps.reverse().map((step) => {
    const tags = stepImage?.references ?? [];
    const answer = { ...step, Id: stepImage?.id ?? '<missing>', Tags: tags.length === 0 ? null : tags };
    stepImage = stepImage && images.parentOf(stepImage);
    return answer;
  });
}
