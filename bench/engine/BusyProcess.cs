using System.Diagnostics;

namespace Trireme.Engine.Benchmarks;

/// <summary>Other work on the machine: as many endless loops as there are processors.</summary>
internal sealed class BusyProcess : IDisposable
{
    private readonly Process[] _loops =
        [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Process.Start("sh", ["-c", "while :; do :; done"]))];

    public void Dispose()
    {
        foreach (Process loop in _loops)
        {
            loop.Kill();
            loop.WaitForExit();
            loop.Dispose();
        }
    }
}
