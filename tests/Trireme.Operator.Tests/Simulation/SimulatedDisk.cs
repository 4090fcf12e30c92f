using System.Security.Cryptography;
using System.Text;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Operator.Releases;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>Models whose one file has a digest made from its path, and that cannot always be read.</summary>
internal sealed class SimulatedDisk(FaultPlan plan) : IReleaseReader
{
    public async Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken)
    {
        await Task.Yield();
        string path = "/models/" + Path.GetFileName(files.Model);
        var seen = new SourceObservation { Kind = SourceKind.Model, Path = files.Model, Looked = [path], ResolvedPath = path };
        if (!plan.IsCalm && plan.Chance(plan.Rate / 2))
        {
            return new ReleaseObservation(seen with { Unreadable = "The plan damaged the disk." });
        }

        string digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
        return new ReleaseObservation(
            seen with { Artifacts = [new ArtifactPin { File = "model.safetensors", Digest = digest }], SizeBytes = 1 });
    }
}
