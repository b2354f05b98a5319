package stats

import "math"

// MostSample is the largest sample or population that is dealt with.
const MostSample = 1_000_000_000

// SampleSize is how many have to be asked so that a proportion is known within plus or minus err (0.05 for five points), with that confidence: n0 = z^2 p (1 - p) / err^2, and of
// a known population N (0: not known) n = n0 / (1 + (n0 - 1) / N), rounded up (Cochran 1977, 4.4). proportion is what is expected; 0.5 is the most careful.
func SampleSize(population int64, confidence, err, proportion float64) (int64, error) {
	quantile, wrong := z(confidence)
	switch {
	case wrong != nil:
		return 0, wrong
	case !(err > 0 && err < 1):
		return 0, undefined("ERROR", "must have an error above 0 and below 1", "误差须大于 0 且小于 1")
	case !(proportion > 0 && proportion < 1):
		return 0, undefined("PROPORTION", "must expect a proportion above 0 and below 1", "预期比例须大于 0 且小于 1")
	case population < 0 || population > MostSample:
		return 0, undefined("POPULATION", "has a population below 0 or above 1,000,000,000", "总体须在 0 至 1,000,000,000 之间")
	}
	return sizeOf(square(quantile)*proportion*(1-proportion)/square(err), population)
}

// MeanSampleSize is the same for a mean of values with that standard deviation, to be known within plus or minus err.
func MeanSampleSize(population int64, confidence, err, deviation float64) (int64, error) {
	quantile, wrong := z(confidence)
	switch {
	case wrong != nil:
		return 0, wrong
	case !(err > 0) || !(deviation > 0):
		return 0, undefined("ERROR", "must have an error and a standard deviation above 0", "误差与标准差须大于 0")
	case population < 0 || population > MostSample:
		return 0, undefined("POPULATION", "has a population below 0 or above 1,000,000,000", "总体须在 0 至 1,000,000,000 之间")
	}
	return sizeOf(square(quantile*deviation/err), population)
}

func sizeOf(infinite float64, population int64) (int64, error) {
	size := infinite
	if population > 0 {
		size = infinite / (1 + (infinite-1)/float64(population))
	}
	if !(size <= MostSample) {
		return 0, undefined("TOO_LARGE", "needs a sample above 1,000,000,000", "所需样本超过 1,000,000,000")
	}
	n := int64(math.Ceil(size - 1e-9)) // what is whole stays whole
	if population > 0 {
		n = min(n, population)
	}
	return max(1, n), nil
}
