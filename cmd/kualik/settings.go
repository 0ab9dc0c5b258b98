package main

import (
	"fmt"
	"reflect"
)

type configureCmd struct{}

// Run shows the settings in force.
func (c *configureCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	v := reflect.ValueOf(cfg)
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("koanf"); tag != "" {
			fmt.Fprintf(w.stdout, "%s: %v\n", tag, v.Field(i).Interface())
		}
	}
	return nil
}
