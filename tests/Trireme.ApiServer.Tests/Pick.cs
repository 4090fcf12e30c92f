using CsCheck;

namespace Trireme.ApiServer.Tests;

internal static class Pick
{
    /// <summary>Generates one of the given values.</summary>
    public static Gen<T> From<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
