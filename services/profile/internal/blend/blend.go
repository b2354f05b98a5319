// Package blend says what becomes of the fields of customers that are merged: how two are made one, and how the one is taken apart again when both sides have changed
// since.
//
// A survivor with several merged customers is a stack of layers, the newest on top. A layer knows the survivor before and after it, and the merged customer as it would come
// back. All three go by what happens later: a change under the old name of the merged customer goes into its layer, as if it had been merged with it.
package blend
