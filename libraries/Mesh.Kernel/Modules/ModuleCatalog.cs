using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;

namespace Mesh.Kernel.Modules;

/// <summary>
/// The modules of a process: built-in ones, and those of assemblies in the module folder (<c>Mesh:ModulePath</c>). Every module's fold is
/// always part of the state, so that any module can read the facts of others; <c>Mesh:Modules</c> (comma-separated) restricts which of them
/// are <see cref="Active"/>, that is, serve endpoints and run reconcilers.
/// </summary>
public sealed class ModuleCatalog
{
    private ModuleCatalog(ImmutableArray<IMeshModule> all, ImmutableArray<IMeshModule> active)
    {
        All = all;
        Active = active;
    }

    /// <summary>Every module known to the process.</summary>
    public ImmutableArray<IMeshModule> All { get; }

    /// <summary>Those that work in this process.</summary>
    public ImmutableArray<IMeshModule> Active { get; }

    /// <summary>Loads the catalogue.</summary>
    /// <exception cref="SettingException">A configured module does not exist, or an assembly cannot be loaded.</exception>
    /// <exception cref="InvalidOperationException">Two modules have one name.</exception>
    public static ModuleCatalog Load(IConfiguration configuration, IEnumerable<IMeshModule> builtIn)
    {
        var all = builtIn.Concat(FromFolder(configuration["Mesh:ModulePath"])).ToImmutableArray();
        if (all.GroupBy(module => module.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException(
                $"Two modules are named '{twice.Key}': "
                    + $"{string.Join(", ", twice.Select(module => module.GetType().AssemblyQualifiedName))}.");
        if (configuration["Mesh:Modules"] is not { Length: > 0 } wanted) return new ModuleCatalog(all, all);

        var names = wanted.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.FirstOrDefault(name => all.All(module => module.Name != name)) is { } unknown)
            throw new SettingException(
                $"Mesh:Modules names '{unknown}', which is not loaded; there are: {string.Join(", ", all.Select(module => module.Name))}.");
        return new ModuleCatalog(all, [.. all.Where(module => names.Contains(module.Name, StringComparer.Ordinal))]);
    }

    private static IEnumerable<IMeshModule> FromFolder(string? folder)
    {
        if (folder is null) yield break;
        if (!Directory.Exists(folder)) throw new SettingException($"Mesh:ModulePath '{folder}' is not a folder.");
        foreach (var path in Directory.EnumerateFiles(Path.GetFullPath(folder), "*.dll").Order(StringComparer.Ordinal))
        {
            foreach (var type in Load(path).GetExportedTypes()
                .Where(type => type is { IsAbstract: false, IsInterface: false } && typeof(IMeshModule).IsAssignableFrom(type)))
                yield return (IMeshModule)Activator.CreateInstance(type)!;
        }
    }

    private static Assembly Load(string path)
    {
        try
        {
            return new PlugInContext(path).LoadFromAssemblyPath(path);
        }
        catch (Exception exception) when (exception is BadImageFormatException or FileLoadException or FileNotFoundException)
        {
            throw new SettingException($"The module assembly '{path}' cannot be loaded: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// A plug-in sees the host's own assemblies (so that <see cref="IMeshModule"/> is one type) and brings the rest itself.
    /// </summary>
    private sealed class PlugInContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (FileNotFoundException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }
    }
}
