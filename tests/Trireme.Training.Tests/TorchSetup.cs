using System.Runtime.CompilerServices;
using Trireme.Training.Native;

namespace Trireme.Training.Tests;

internal static class TorchSetup
{
    /// <summary>The executable does this first; under test there is no executable.</summary>
    [ModuleInitializer]
    internal static void Load() => TorchRuntime.Load();
}
