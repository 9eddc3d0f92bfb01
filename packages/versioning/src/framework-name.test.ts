import { describe, expect, it } from '@jest/globals';
import { shortFrameworkName } from './index.ts';

describe('the short name of a framework', () => {
  it.each([
    ['.NETFramework4.5', 'net45'],
    ['.NETFramework4.0', 'net40'],
    ['.NETFramework3.5', 'net35'],
    ['.NETFramework2.0', 'net20'],
    ['.NETFramework4.7.2', 'net472'],
    ['.NETFramework4.0-Client', 'net40-client'],
    ['.NETFramework,Version=v4.5', 'net45'],
    ['.NETFramework,Version=v4.0,Profile=Client', 'net40-client'],
    ['.NETStandard2.0', 'netstandard2.0'],
    ['.NETStandard1.0', 'netstandard1.0'],
    ['.NETCoreApp3.1', 'netcoreapp3.1'],
    ['.NETCoreApp2.0', 'netcoreapp2.0'],
    ['.NETCoreApp5.0', 'net5.0'],
    ['.NETCoreApp,Version=v8.0', 'net8.0'],
    ['net8.0', 'net8.0'],
    ['net10.0', 'net10.0'],
    ['net6.0-android31.0', 'net6.0-android31.0'],
    ['NET45', 'net45'],
    ['net40-Client', 'net40-client'],
    ['.NETCore4.5', 'netcore45'],
    ['.NETCore5.0', 'netcore50'],
    ['.NETPlatform5.0', 'dotnet'],
    ['.NETPlatform5.4', 'dotnet54'],
    ['DNXCore5.0', 'dnxcore50'],
    ['Silverlight4.0', 'sl4'],
    ['Silverlight5.0', 'sl5'],
    ['Windows8.0', 'win8'],
    ['Windows8.1', 'win81'],
    ['WindowsPhone8.0', 'wp8'],
    ['WindowsPhone7.1', 'wp71'],
    ['WindowsPhoneApp8.1', 'wpa81'],
    ['UAP10.0', 'uap10.0'],
    ['uap10.0.16299', 'uap10.0.16299'],
    ['MonoAndroid1.0', 'monoandroid10'],
    ['MonoAndroid10', 'monoandroid10'],
    ['MonoAndroid10.0', 'monoandroid10.0'],
    ['MonoTouch1.0', 'monotouch10'],
    ['Xamarin.iOS1.0', 'xamarinios10'],
    ['Xamarin.Mac2.0', 'xamarinmac20'],
    ['native0.0', 'native'],
    ['.NETPortable0.0-Profile259', 'portable-net45+win8+wp8+wpa81'],
    ['.NETPortable,Version=v4.5,Profile=Profile7', 'portable-net45+win8'],
    ['.NETPortable0.0-wp8+netcore45+net45', 'portable-wp8+netcore45+net45'],
    ['portable-net45+win8', 'portable-net45+win8'],
    ['Portable-Net45+Win8', 'portable-net45+win8'],
  ])('%s is %s', (written, short) => {
    expect(shortFrameworkName(written)).toBe(short);
  });

  it.each(['Any', 'Something Else', '', 'Unheard.Of'])('%j is kept as it was written', (written) => {
    expect(shortFrameworkName(written)).toBe(written);
  });
});
