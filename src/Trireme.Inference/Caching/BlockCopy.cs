namespace Trireme.Inference.Caching;

/// <summary>Keys and values of all layers to copy from one block to another.</summary>
internal readonly record struct BlockCopy(int Source, int Target);
