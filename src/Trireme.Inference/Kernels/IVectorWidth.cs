using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Vectors of one width, for kernels that are written once for any. The JIT specialises a kernel per width, so that each call here is
/// one instruction there. Every operation works on each lane alone, and what adds lanes up says in which order.
/// </summary>
/// <typeparam name="TFloats">A vector of floats.</typeparam>
/// <typeparam name="TInts">A vector of as many 32-bit numbers, which are also taken as pairs of words or fours of bytes.</typeparam>
internal unsafe interface IVectorWidth<TFloats, TInts>
    where TFloats : struct
    where TInts : struct
{
    /// <summary>Floats of a vector.</summary>
    static abstract int Lanes { get; }

    static abstract TFloats Load(float* source);

    static abstract void Store(TFloats value, float* target);

    static abstract TFloats Create(float value);

    static abstract TFloats Add(TFloats left, TFloats right);

    static abstract TFloats Subtract(TFloats left, TFloats right);

    static abstract TFloats Multiply(TFloats left, TFloats right);

    /// <summary>left * right + addend, rounded once where the processor can.</summary>
    static abstract TFloats MultiplyAdd(TFloats left, TFloats right, TFloats addend);

    /// <summary>addend - left * right, rounded once.</summary>
    static abstract TFloats MultiplyAddNegated(TFloats left, TFloats right, TFloats addend);

    static abstract TFloats Max(TFloats left, TFloats right);

    static abstract TFloats Exp(TFloats value);

    /// <summary>The lanes' sum: halves of a vector are added to each other first, down to the order of <see cref="Reduction"/>.</summary>
    static abstract float Sum(TFloats value);

    static abstract float Largest(TFloats value);

    static abstract TFloats LoadValues<TFormat>(byte* data, nint index)
        where TFormat : IKvFormat;

    static abstract TFloats ToFloats(TInts value);

    /// <summary>Scales or minimums of packed weights.</summary>
    static abstract TFloats LoadFactors(byte* factors);

    static abstract TInts LoadNumbers<TFormat>(byte* chunks, int half, int k)
        where TFormat : IPackedFormat;

    static abstract TInts Create(int value);

    static abstract TInts Add(TInts left, TInts right);

    static abstract TInts AddWords(TInts left, TInts right);

    /// <summary>The lower four bits of each byte.</summary>
    static abstract TInts LowerBits(TInts value);

    /// <summary>The upper four bits of each byte.</summary>
    static abstract TInts UpperBits(TInts value);

    /// <summary>Unsigned bytes times signed ones, neighbours added, as words (VPMADDUBSW).</summary>
    static abstract TInts MultiplyBytes(TInts unsigned, TInts signed);

    /// <summary>Words times a factor, neighbours added (VPMADDWD).</summary>
    static abstract TInts MultiplyWords(TInts words, short factor);
}
