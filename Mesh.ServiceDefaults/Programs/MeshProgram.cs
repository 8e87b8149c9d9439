using Mesh.Kernel.Settings;
using Microsoft.Extensions.Options;

namespace Mesh.ServiceDefaults.Programs;

/// <summary>Runs a host from its first setting to its end.</summary>
public static class MeshProgram
{
    /// <summary>
    /// The exit code of a host that cannot use its settings (<c>EX_CONFIG</c> of sysexits.h): starting it again changes nothing, so whoever restarts hosts
    /// should not (systemd: <c>RestartPreventExitStatus=78</c>).
    /// </summary>
    public const int SettingFault = 78;

    /// <summary>Runs a host that ends with 0, or with <see cref="SettingFault"/> and a line on stderr for each setting that it cannot use.</summary>
    public static Task<int> Run(Func<Task> host) => Run(async () =>
    {
        await host();
        return 0;
    });

    /// <summary>Runs a host that names its own exit code.</summary>
    public static async Task<int> Run(Func<Task<int>> host)
    {
        try
        {
            return await host();
        }
        catch (Exception fault) when (FaultsOf(fault) is { } faults)
        {
            foreach (var one in faults)
                await Console.Error.WriteLineAsync(one);
            return SettingFault;
        }
    }

    // Null for what is no fault of a setting.
    private static IReadOnlyList<string>? FaultsOf(Exception exception) => exception switch
    {
        SettingException setting => [setting.Message],
        OptionsValidationException options => [.. options.Failures.Select(failure => $"{options.OptionsType.Name}: {failure}")],
        AggregateException { InnerExceptions: { Count: > 0 } several } when several.All(inner => FaultsOf(inner) is not null) => [.. several.SelectMany(inner => FaultsOf(inner)!)],
        // What the configuration binder throws for a text that is no number, no duration…
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException, Source: "Microsoft.Extensions.Configuration.Binder" } unreadable =>
            [$"{unreadable.Message} {unreadable.InnerException!.Message}"],
        _ => null,
    };
}
