using System.Net.Sockets;
using Mesh.Kernel.Log;
using Mesh.Kernel.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Mesh.ServiceDefaults.Programs;

/// <summary>Runs a host from its first setting to its end.</summary>
public static class MeshProgram
{
    /// <summary>
    /// The exit code of a host that cannot use its settings or its data (<c>EX_CONFIG</c> of sysexits.h): starting it again changes
    /// nothing, so whoever restarts hosts should not (systemd: <c>RestartPreventExitStatus=78</c>).
    /// </summary>
    public const int SettingFault = 78;

    /// <summary>
    /// Runs a host that ends with 0, or with <see cref="SettingFault"/> and a line on stderr for each setting that it cannot use.
    /// </summary>
    public static Task<int> RunAsync(Func<Task> host) => RunAsync(async () =>
    {
        await host();
        return 0;
    });

    /// <summary>Runs a host that names its own exit code.</summary>
    public static async Task<int> RunAsync(Func<Task<int>> host)
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
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            // Another program may let go of the address: to start again is worth trying.
            await Console.Error.WriteLineAsync(
                $"{taken.Message} Another program listens there, or another listener of this host: stop it, or choose another address.");
            return 1;
        }
    }

    // Null for what is not a fault of a setting or of the data.
    private static IReadOnlyList<string>? FaultsOf(Exception exception) => exception switch
    {
        SettingException setting => [setting.Message],
        UnusableLogException log => [log.Message],
        OptionsValidationException options => [.. options.Failures.Select(failure => $"{options.OptionsType.Name}: {failure}")],
        AggregateException { InnerExceptions: { Count: > 0 } several } when several.All(inner => FaultsOf(inner) is not null) =>
            [.. several.SelectMany(inner => FaultsOf(inner)!)],
        // What the configuration binder throws for a text that is not a number, no duration…
        InvalidOperationException { InnerException: FormatException or ArgumentException
            or OverflowException, Source: "Microsoft.Extensions.Configuration.Binder" } unreadable =>
            [$"{unreadable.Message} {unreadable.InnerException!.Message}"],
        InvalidOperationException { Source: "Microsoft.Extensions.Logging" or "Microsoft.Extensions.Logging.Configuration" } level =>
            [$"Logging__LogLevel: {level.Message}"],
        ArgumentException { Source: "StackExchange.Redis" } redis => [$"ConnectionStrings__redis: {redis.Message}"],
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.AccessDenied } address =>
            ["An address to listen on (ASPNETCORE_URLS, HTTP_PORTS or that of a further listener) is not this machine's or not free to "
                + $"all: {address.Message}."],
        _ => null,
    };
}
