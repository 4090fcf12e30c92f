using System.Globalization;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>The control group of one engine: the kernel ends all of its processes at its limit, and no others for it.</summary>
internal sealed class ControlGroup(string path)
{
    /// <summary>What a process writes 0 to, to be in the group.</summary>
    public string ProcessesFile => Path.Combine(path, "cgroup.procs");

    /// <summary>Makes the group anew.</summary>
    /// <param name="memoryBytesMax">Most that it may hold, with what it reads from files as far as that cannot be dropped.</param>
    /// <returns>Whether it is there; else the limit is watched and not enforced.</returns>
    public bool Prepare(long memoryBytesMax)
    {
        Remove();
        if (Directory.Exists(path)) return false;
        try
        {
            Directory.CreateDirectory(path);
            Write("memory.max", memoryBytesMax.ToString(CultureInfo.InvariantCulture));
            Write("memory.oom.group", "1");

            // An engine that is swapped answers too late to be of use, and its neighbours wait for the disk with it.
            if (File.Exists(Path.Combine(path, "memory.swap.max"))) Write("memory.swap.max", "0");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Remove();
            return false;
        }
    }

    /// <summary>Processes of the group that the kernel ended at its limit; 0 where there is no group.</summary>
    public long KernelKills() => OutOfMemoryKills.Parse(ProcessTable.Read(Path.Combine(path, "memory.events"))) ?? 0;

    /// <summary>Removes the group if no process is in it.</summary>
    public void Remove()
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever is still in it ends; the next start of a platform removes it.
        }
    }

    private void Write(string file, string value) => File.WriteAllText(Path.Combine(path, file), value);
}
